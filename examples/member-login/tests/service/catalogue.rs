//! The committed catalogue: a subscriber that was renamed or left out by the linker is noticed here.

use edafw::CatalogueFormat;

#[test]
fn the_code_declares_what_the_catalogue_tells() {
    member_login::app().catalogue().check(CatalogueFormat::Markdown, "catalogue.md").unwrap();
}
