//! The member service's worker: `member-login-worker --help` tells what it does.

edafw::worker!(member_login::app);
