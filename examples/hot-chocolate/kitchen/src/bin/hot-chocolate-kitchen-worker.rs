//! The worker of the service `kitchen`: `hot-chocolate-kitchen-worker --help` tells what it does.

edafw::worker!(hot_chocolate_kitchen::app);
