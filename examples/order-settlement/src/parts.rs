//! The processes: the shop's server, its worker, and the settlement's worker.

use std::process::ExitCode;

use processes::{Directory, Part};

/// The shop as customers see it.
pub(crate) const SHOP: &str = "shop";

mod shop_worker {
    edafw::worker!(shop::app);
}

mod settlement_worker {
    edafw::worker!(settlement::app);
}

/// All of them.
pub(crate) fn all(directory: &Directory) -> Vec<Part> {
    vec![
        Part::new(SHOP, "shop", directory),
        Part::new("shop-worker", "shop", directory),
        Part::new("settlement-worker", "settlement", directory),
    ]
}

/// Is the process `part`, until it is killed.
pub(crate) fn play(part: &str) -> ExitCode {
    match part {
        SHOP => processes::serve(shop::app(), shop::http::routes),
        "shop-worker" => shop_worker::main(),
        "settlement-worker" => settlement_worker::main(),
        other => {
            eprintln!("`{other}` is no part of this example");
            ExitCode::from(2)
        }
    }
}
