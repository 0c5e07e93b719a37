//! The booking service's worker: `trip-booking-worker --help` tells what it does.

edafw::worker!(trip_booking::app);
