-- One process registers at a time; whoever sends or receives goes on.
lock table edafw_queue in share row exclusive mode;
