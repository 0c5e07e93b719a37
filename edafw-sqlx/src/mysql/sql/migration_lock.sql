-- One process at a time: a statement that changes tables ends the transaction, so that no row can be the lock.
select coalesce(get_lock(concat('edafw:', sha1(database())), ?1), 0) as locked;
