//! The permit office's worker: `permits-worker --help` tells what it does.

edafw::worker!(permits::app);
