select release_lock(concat('edafw:', sha1(database()))) as unlocked;
