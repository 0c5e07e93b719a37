//! What is committed of each service: its catalogue, in which a subscriber is missed that was renamed or left out by the
//! linker, and its contracts, which nobody changes unseen. `hot-chocolate-order-worker` and the others write them.

use std::path::Path;

use edafw::{AppBuilder, CatalogueFormat, Sqlite};

fn services() -> [AppBuilder<Sqlite>; 5] {
    [
        hot_chocolate_menu::app(),
        hot_chocolate_order::app(),
        hot_chocolate_payment::app(),
        hot_chocolate_kitchen::with(0),
        hot_chocolate_counter::app(),
    ]
}

#[test]
fn the_code_declares_what_the_catalogues_tell() {
    for service in services() {
        let file = format!("{}/catalogue.md", service.service());
        service.catalogue().check(CatalogueFormat::Markdown, file).unwrap();
    }
}

#[test]
fn the_contracts_are_as_they_were_accepted() {
    for service in services() {
        let accepted = Path::new(env!("CARGO_MANIFEST_DIR")).join(service.service()).join("contracts");
        edafw::contracts::check(service, accepted).unwrap().assert_accepted();
    }
}
