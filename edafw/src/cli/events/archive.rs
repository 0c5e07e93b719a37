//! `events archive`.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use edafw_core::{Backend, EventStore, Result};
use serde::Serialize;

use crate::App;
use crate::cli::exit::Exit;
use crate::cli::output::{Output, progress};

/// Events looked at at once.
const STRETCH: usize = 500;

pub(super) async fn archive<B: Backend>(app: &App<B>, age: Duration, output: Output) -> Result<Exit> {
    let (mut after, mut archived) = (0, 0);
    loop {
        let done = app.store().archive(age, after, STRETCH).await?;
        archived += done.events;
        let Some(next) = done.next else { break };
        after = next;
        progress(format_args!("{archived} so far"));
    }
    output.print(&Archived { archived });
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Archived {
    archived: u64,
}

impl Display for Archived {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.archived {
            0 => writeln!(f, "nothing is that old, published and needed by nobody"),
            archived => writeln!(f, "moved {archived} events into `edafw_archive`"),
        }
    }
}
