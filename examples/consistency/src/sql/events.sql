select count(*) from edafw_event;
