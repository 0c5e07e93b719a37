//! The worker of the service `menu`: `hot-chocolate-menu-worker --help` tells what it does.

edafw::worker!(hot_chocolate_menu::app);
