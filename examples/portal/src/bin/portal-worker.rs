//! The portal's worker: `portal-worker --help` tells what it does.

edafw::worker!(portal::app);
