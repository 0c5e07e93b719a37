//! The member service's worker: `member-worker --help` tells what it does.

edafw::worker!(member::app);
