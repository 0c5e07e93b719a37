//! The hotel's worker: `trip-hotel-worker --help` tells what it does.

edafw::worker!(trip_hotel::app);
