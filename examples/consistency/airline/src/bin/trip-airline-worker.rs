//! The airline's worker: `trip-airline-worker --help` tells what it does.

edafw::worker!(trip_airline::app);
