//! A catalogue that was committed, compared with the code.

use std::path::Path;

use edafw_core::{Error, ErrorKind, Result};
use similar::TextDiff;

use super::{Catalogue, CatalogueFormat};

impl Catalogue {
    /// Compares the code with a committed catalogue, in a test of the service:
    ///
    /// ```no_run
    /// # use edafw::{App, AppBuilder, CatalogueFormat, Result, Sqlite};
    /// # mod member { pub fn app() -> edafw::AppBuilder<edafw::Sqlite> { edafw::App::builder("member") } }
    /// #[test]
    /// fn the_catalogue_is_what_the_code_declares() -> Result<()> {
    ///     member::app().catalogue().check(CatalogueFormat::Markdown, "catalogue.md")
    /// }
    /// ```
    ///
    /// Tests run in the directory of their package. The worker's command `catalogue --output catalogue.md` writes the
    /// file. Whatever ends its lines is no difference.
    ///
    /// # Errors
    /// They differ: the error shows how. The file cannot be read.
    pub fn check(&self, format: CatalogueFormat, file: impl AsRef<Path>) -> Result<()> {
        let file = file.as_ref();
        match self.difference(format, file)? {
            None => Ok(()),
            Some(difference) => Err(Error::configuration(format!(
                "{} is not what the code declares. A subscriber that is missing was renamed (say `formerly`), removed, or \
                 not linked. Where all is as it should be, write the file again: `catalogue --format {} --output {}`\n\
                 {difference}",
                file.display(),
                format.as_str(),
                file.display()
            ))),
        }
    }

    /// How the file differs from the code; `None` where it does not.
    pub(crate) fn difference(&self, format: CatalogueFormat, file: &Path) -> Result<Option<String>> {
        let committed = std::fs::read_to_string(file).map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                _ => ErrorKind::Configuration,
            };
            let (path, format) = (file.display(), format.as_str());
            let message =
                format!("{path} cannot be read; `catalogue --format {format} --output {path}` writes it");
            Error::new(kind, message).caused_by(error)
        })?;
        let committed = committed.replace("\r\n", "\n");
        let declared = self.print(format);
        if committed == declared {
            return Ok(None);
        }
        let difference = TextDiff::from_lines(&committed, &declared);
        let committed = file.display().to_string();
        Ok(Some(difference.unified_diff().header(&committed, "the code").to_string()))
    }
}
