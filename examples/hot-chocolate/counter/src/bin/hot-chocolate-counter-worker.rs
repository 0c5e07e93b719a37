//! The worker of the service `counter`: `hot-chocolate-counter-worker --help` tells what it does.

edafw::worker!(hot_chocolate_counter::app);
