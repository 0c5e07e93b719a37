//! The worker of the service `payment`: `hot-chocolate-payment-worker --help` tells what it does.

edafw::worker!(hot_chocolate_payment::app);
