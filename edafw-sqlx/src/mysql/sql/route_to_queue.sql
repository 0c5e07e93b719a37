select '*' as event, q.name, q.ordered from edafw_queue q force index (primary) where q.name = ?1 lock in share mode;
