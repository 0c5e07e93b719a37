//! What a run says when it has finished.

use std::fmt;

use edafw::{App, Backend, DeadLetterFilter, DeliveryStore as _, EventQuery, EventStore as _, StoreCounts};
use member::members::member;
use processes::{Directory, Failed};

use crate::crowd::{AT_A_TIME, FAMILIES, MEMBERS};
use crate::services::Services;

/// Everything about a run.
#[derive(Debug)]
pub(crate) struct Report {
    directory: Directory,
    /// What became of the family of the story.
    story: String,
    /// Acts after the story.
    acts: i64,
    /// Who was killed meanwhile.
    killed: Vec<&'static str>,
    /// Members of a family whose identity is not verified.
    unverified: u64,
    /// Members of a family who joined it with a verification that is not their last one.
    outdated: u64,
    /// Members of a family, less those who joined, and more those who left.
    unaccounted: i64,
    /// Events that were not published.
    unpublished: u64,
    /// Deliveries that were given up.
    dead_letters: usize,
}

impl Report {
    /// Looks at both databases.
    ///
    /// # Errors
    /// One cannot be read.
    pub(crate) async fn read(
        directory: Directory,
        acts: i64,
        story: String,
        killed: Vec<&'static str>,
        services: &Services,
    ) -> Result<Self, Failed> {
        let Services { member: member_app, family: family_app } = services;
        let joined = family::families::memberships(family_app).await?;
        let (mut unverified, mut outdated) = (0, 0);
        for (member_no, verification) in &joined {
            let member = member(member_app, *member_no).await?;
            unverified += u64::from(!member.verified);
            outdated += u64::from(member.verification != *verification);
        }
        let left = count(family_app, "family.member-left").await?;
        let unaccounted = joined.len() as i64 - count(family_app, "family.member-joined").await? + left;
        let (at_member, at_family) = (unfinished(member_app).await?, unfinished(family_app).await?);
        Ok(Self {
            directory,
            story,
            acts,
            killed,
            unverified,
            outdated,
            unaccounted,
            unpublished: at_member.0 + at_family.0,
            dead_letters: at_member.1 + at_family.1,
        })
    }
}

/// How many events of a name there are.
async fn count<B: Backend>(app: &App<B>, name: &str) -> Result<i64, Failed> {
    let query =
        EventQuery { names: vec![name.to_owned()], limit: Some(usize::MAX >> 1), ..EventQuery::default() };
    Ok(app.store().events(&query).await.map_err(|error| error.chain())?.len() as i64)
}

/// Events that were not published, and dead letters.
async fn unfinished<B: Backend>(app: &App<B>) -> Result<(u64, usize), Failed> {
    let StoreCounts { stored, published, .. } = app.store().counts().await.map_err(|error| error.chain())?;
    let every = DeadLetterFilter::default();
    let letters = app.store().dead_letters(&every).await.map_err(|error| error.chain())?;
    Ok((stored - published, letters.len()))
}

impl processes::Report for Report {
    /// Whether everything has come about as it should.
    fn holds(&self) -> bool {
        self.unverified + self.outdated + self.unpublished == 0
            && self.unaccounted == 0
            && self.dead_letters == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, story, acts, killed, .. } = self;
        let Self { unverified, outdated, unaccounted, unpublished, dead_letters, .. } = self;
        writeln!(f, "Data    {}\n", directory.path().display())?;
        writeln!(f, "{story}")?;
        writeln!(
            f,
            "{acts} more acts of {MEMBERS} members, {AT_A_TIME} at a time: they are verified, join one of {FAMILIES} \
             families, and\ntheir verification is reset."
        )?;
        match &killed[..] {
            [] => writeln!(f, "No process was killed.")?,
            killed => writeln!(f, "Killed meanwhile: {}.", killed.join(", "))?,
        }
        writeln!(f)?;
        for (what, count) in [
            ("members of a family who are not verified", *unverified as i64),
            ("who joined before their verification was reset", *outdated as i64),
            ("more or fewer than joined and did not leave", *unaccounted),
            ("events not published", *unpublished as i64),
            ("dead letters", *dead_letters as i64),
        ] {
            writeln!(f, "{what:<47} {count:>3}")?;
        }
        Ok(())
    }
}
