//! The settlement's worker: `settlement-worker --help` tells what it does.

edafw::worker!(settlement::app);
