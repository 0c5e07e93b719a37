//! The worker of the service `order`: `hot-chocolate-order-worker --help` tells what it does.

edafw::worker!(hot_chocolate_order::app);
