//! Connecting for a command, and closing again.

use edafw_core::{Backend, Result};

use super::exit::Exit;
use crate::{App, AppBuilder};

/// Connects, does it, and closes. The schema stays as it is: looking at a database never changes it.
pub(super) async fn connected<B: Backend>(
    builder: AppBuilder<B>,
    command: impl AsyncFnOnce(&App<B>) -> Result<Exit>,
) -> Result<Exit> {
    with(builder.settings(|settings| settings.migrate = false), command).await
}

/// The same for commands that make the database as it should be: they bring the schema up to date too,
/// unless the application's settings say no.
pub(super) async fn connected_to_change<B: Backend>(
    builder: AppBuilder<B>,
    command: impl AsyncFnOnce(&App<B>) -> Result<Exit>,
) -> Result<Exit> {
    with(builder, command).await
}

async fn with<B: Backend>(
    builder: AppBuilder<B>,
    command: impl AsyncFnOnce(&App<B>) -> Result<Exit>,
) -> Result<Exit> {
    let app = builder.connect().await?;
    let done = command(&app).await;
    app.close().await;
    done
}
