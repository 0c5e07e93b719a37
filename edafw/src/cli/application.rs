//! What the function that `edafw::worker!` names may return.

use edafw_core::{Backend, Error, ErrorKind, Result};

use crate::AppBuilder;

/// The result of the function that `edafw::worker!` names: a description of the application, or an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not describe an application",
    label = "the function that `edafw::worker!(..)` names must return an `AppBuilder`",
    note = "write `pub fn app() -> edafw::AppBuilder<edafw::Sqlite> {{ edafw::App::builder(\"member\") }}`, or return `Result<AppBuilder<_>, E>`",
    note = "it is neither `async` nor connected: the worker binary connects when a command needs the database"
)]
pub trait Application: Sized {
    /// The kind of database.
    type Backend: Backend;

    /// The description.
    ///
    /// # Errors
    /// The function's own.
    fn into_builder(self) -> Result<AppBuilder<Self::Backend>>;
}

impl<B: Backend> Application for AppBuilder<B> {
    type Backend = B;

    fn into_builder(self) -> Result<Self> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<B: Backend, E: Into<Box<dyn std::error::Error + Send + Sync>>> Application for Result<AppBuilder<B>, E> {
    type Backend = B;

    fn into_builder(self) -> Result<AppBuilder<B>> {
        self.map_err(|error| {
            Error::new(ErrorKind::Configuration, "the application cannot be described").caused_by(error)
        })
    }
}
