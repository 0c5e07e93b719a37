//! Connecting for a command, and closing again.

use edafw_core::{Backend, Result};

use super::exit::Exit;
use crate::{App, AppBuilder};

/// Connects, does it, and closes. The database stays as it is: no migration, and nothing of `on_connect`.
pub(super) async fn connected<B: Backend>(
    builder: AppBuilder<B>,
    command: impl AsyncFnOnce(&App<B>) -> Result<Exit>,
) -> Result<Exit> {
    with(builder.only_to_look(), command).await
}

/// The same for commands that provision or run subscribers: everything is made ready as a worker would.
pub(super) async fn connected_to_work<B: Backend>(
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
