//! What a run says when it has finished.

use std::fmt;

use edafw::{App, DeadLetterFilter, DeliveryStore as _, EventStore as _, Sqlite};
use member_login::audit::Audit;
use processes::{Directory, Failed};

use crate::crowd::{AT_A_TIME, DEVICES, MEMBERS};

/// Everything about a run.
#[derive(Debug)]
pub(crate) struct Report {
    directory: Directory,
    /// What the members of the story saw.
    story: String,
    /// Log-ins after the story.
    log_ins: i64,
    /// Who was killed meanwhile.
    killed: Vec<&'static str>,
    /// Events that were not published.
    unpublished: u64,
    /// Deliveries that were given up.
    dead_letters: usize,
    /// Whether what must hold does hold.
    audit: Audit,
}

impl Report {
    /// Looks at the service's database.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn read(
        directory: Directory,
        log_ins: i64,
        story: String,
        killed: Vec<&'static str>,
        app: &App<Sqlite>,
    ) -> Result<Self, Failed> {
        let events = app.store().counts().await.map_err(|error| error.chain())?;
        let every = DeadLetterFilter::default();
        let dead_letters = app.store().dead_letters(&every).await.map_err(|error| error.chain())?.len();
        let audit = Audit::of(app).await?;
        Ok(Self {
            directory,
            story,
            log_ins,
            killed,
            unpublished: events.stored - events.published,
            dead_letters,
            audit,
        })
    }
}

impl processes::Report for Report {
    /// Whether everything has come about as it should.
    fn holds(&self) -> bool {
        self.audit == Audit::default() && self.unpublished == 0 && self.dead_letters == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, story, log_ins, killed, unpublished, dead_letters, audit } = self;
        writeln!(f, "Data    {}\n", directory.path().display())?;
        writeln!(f, "{story}")?;
        writeln!(
            f,
            "{log_ins} more log-ins, of {MEMBERS} members on {DEVICES} devices, {AT_A_TIME} at a time."
        )?;
        match &killed[..] {
            [] => writeln!(f, "No process was killed.")?,
            killed => writeln!(f, "Killed meanwhile: {}.", killed.join(", "))?,
        }
        let Audit { members_above_limit, shared_devices, wrong_devices, wrong_notices } = audit;
        writeln!(f)?;
        for (what, count) in [
            ("members above their limit", *members_above_limit),
            ("devices with several members", *shared_devices),
            ("devices not recorded once for each log-in", *wrong_devices),
            ("log-outs that members were not told of once", *wrong_notices),
            ("events not published", *unpublished as i64),
            ("dead letters", *dead_letters as i64),
        ] {
            writeln!(f, "{what:<44} {count:>3}")?;
        }
        Ok(())
    }
}
