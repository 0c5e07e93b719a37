//! The family-account service's worker: `family-worker --help` tells what it does.

edafw::worker!(family::app);
