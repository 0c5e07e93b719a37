//! The processes: a worker for each service, and a server for the two that customers talk to.

use std::process::ExitCode;

use processes::{Directory, Part};

/// The menu as customers see it.
pub(crate) const MENU: &str = "menu";

/// The orders as customers see them.
pub(crate) const ORDER: &str = "order";

mod menu_worker {
    edafw::worker!(hot_chocolate_menu::app);
}

mod order_worker {
    edafw::worker!(hot_chocolate_order::app);
}

mod payment_worker {
    edafw::worker!(hot_chocolate_payment::app);
}

mod kitchen_worker {
    edafw::worker!(hot_chocolate_kitchen::app);
}

mod counter_worker {
    edafw::worker!(hot_chocolate_counter::app);
}

/// All of them.
pub(crate) fn all(directory: &Directory, chocolate: u32) -> Vec<Part> {
    vec![
        Part::new(MENU, "menu", directory),
        Part::new(ORDER, "order", directory),
        Part::new("menu-worker", "menu", directory),
        Part::new("order-worker", "order", directory),
        Part::new("payment-worker", "payment", directory),
        Part::new("kitchen-worker", "kitchen", directory).with("KITCHEN_CHOCOLATE", chocolate.to_string()),
        Part::new("counter-worker", "counter", directory),
    ]
}

/// Is the process `part`, until it is killed.
pub(crate) fn play(part: &str) -> ExitCode {
    match part {
        MENU => processes::serve(hot_chocolate_menu::app(), hot_chocolate_menu::http::routes),
        ORDER => processes::serve(hot_chocolate_order::app(), hot_chocolate_order::http::routes),
        "menu-worker" => menu_worker::main(),
        "order-worker" => order_worker::main(),
        "payment-worker" => payment_worker::main(),
        "kitchen-worker" => kitchen_worker::main(),
        "counter-worker" => counter_worker::main(),
        other => {
            eprintln!("`{other}` is no part of this example");
            ExitCode::from(2)
        }
    }
}
