//! The committed catalogue: a subscriber that was renamed or left out by the linker is noticed here.

use edafw::CatalogueFormat;

#[test]
fn the_code_declares_what_the_catalogue_tells() {
    let catalogue = permits::app().unwrap().catalogue();
    for (format, file) in
        [(CatalogueFormat::Markdown, "catalogue.md"), (CatalogueFormat::AsyncApi, "asyncapi.json")]
    {
        catalogue.check(format, file).unwrap();
    }
}
