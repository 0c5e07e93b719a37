update edafw_queue set ordered = true where name = $1;
