select value from edafw_meta where name = 'topology' for update;
