//! What is committed of each service: its catalogue, in which a subscriber is missed that was renamed or left out by the
//! linker, and the shop's contracts, which nobody changes unseen. `shop-worker` and `settlement-worker` write them.

use edafw::CatalogueFormat;

#[test]
fn the_code_declares_what_the_catalogues_tell() {
    for service in [shop::app(), settlement::app()] {
        let file = format!("{}/catalogue.md", service.service());
        service.catalogue().check(CatalogueFormat::Markdown, file).unwrap();
    }
}

#[test]
fn the_contracts_are_as_they_were_accepted() {
    let accepted = concat!(env!("CARGO_MANIFEST_DIR"), "/shop/contracts");
    edafw::contracts::check(shop::app(), accepted).unwrap().assert_accepted();
}
