//! The shop's worker: `shop-worker --help` tells what it does.

edafw::worker!(shop::app);
