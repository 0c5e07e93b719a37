//! `run --http` of a binary that was built without the feature.

use std::net::SocketAddr;
use std::sync::Arc;

use edafw_core::{Backend, Error, Result};
use tokio::task::JoinHandle;

use crate::Worker;

/// There is none.
pub(super) enum Door {}

#[expect(clippy::unused_async, reason = "it is the other one's signature")]
pub(super) async fn open(_: SocketAddr) -> Result<Door> {
    Err(Error::configuration(
        "this binary was built without HTTP: add the feature `http` of `edafw`, as in `edafw = { version = \"..\", \
         features = [\"http\"] }`",
    ))
}

#[expect(clippy::needless_pass_by_value, reason = "it is the other one's signature")]
pub(super) fn answer<B: Backend>(door: Door, _: Arc<Worker<B>>) -> JoinHandle<()> {
    match door {}
}
