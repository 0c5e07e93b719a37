-- From here to COMMIT nobody but the framework runs statements: a process that stands still now must not hold up who
-- takes over from it. The server ends a session that is idle for so many seconds, and its transaction.
set @edafw_wait_timeout = @@session.wait_timeout, session wait_timeout = least(@@session.wait_timeout, 10);
