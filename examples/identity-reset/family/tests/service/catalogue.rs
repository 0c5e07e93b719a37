//! The committed catalogue: a subscriber that was renamed or left out by the linker is noticed here.

use edafw::CatalogueFormat;
use family::member_service::MemberService;

#[test]
fn the_code_declares_what_the_catalogue_tells() {
    let app = family::app_with(MemberService::new("http://127.0.0.1:8080").unwrap());
    app.catalogue().check(CatalogueFormat::Markdown, "catalogue.md").unwrap();
}
