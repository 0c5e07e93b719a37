select topic, event from edafw_binding where queue = $1;
