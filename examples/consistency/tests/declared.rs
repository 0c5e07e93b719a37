//! What is committed of each service: its catalogue, in which a subscriber is missed that was renamed or left out by the
//! linker, and its contracts, which nobody changes unseen. `trip-hotel-worker` and the others write them.

use std::path::Path;

use edafw::{AppBuilder, CatalogueFormat, Sqlite};
use trip_booking::Desks;
use trip_places::Steps;

fn services() -> [AppBuilder<Sqlite>; 3] {
    let desks = Desks::new("http://127.0.0.1:4001", "http://127.0.0.1:4002").unwrap();
    [trip_booking::with(desks, Steps::default()), trip_hotel::app(), trip_airline::app()]
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
