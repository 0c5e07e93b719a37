//! Where the two services keep what they know, and what they are asked.

use edafw::{App, Backend, Error, Result, Sqlite};
use family::member_service::MemberService;
use processes::{Client, Directory, Quiet};

/// The URL of the family-account service's database: the one that is named, or a file in the directory.
///
/// # Errors
/// It is of a kind that this program was not built for, or none is named where files are none of it.
pub(crate) fn family_database(named: Option<&str>, directory: &Directory) -> Result<String> {
    let kind = family::database::Database::SCHEME;
    match named {
        // `postgresql:` is another spelling.
        Some(url) if url.starts_with(kind) => Ok(url.to_owned()),
        Some(url) => {
            let scheme = url.split_once(':').map_or("(none)", |(scheme, _)| scheme);
            Err(Error::configuration(format!(
                "--family-database is of the kind `{scheme}`, and this program was built for `{kind}`; the feature \
                 `postgres` chooses PostgreSQL instead of SQLite"
            )))
        }
        None if kind == "sqlite" => Ok(directory.database("family")),
        None => Err(Error::configuration(format!(
            "name the database: --family-database {kind}://user@host/database"
        ))),
    }
}

/// Both services, looked at from here.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) member: App<Sqlite>,
    pub(crate) family: App<family::database::Database>,
}

impl Services {
    /// Opens both databases. The queues exist from now on: one gets what is sent once it is there.
    ///
    /// # Errors
    /// A database cannot be opened or written.
    pub(crate) async fn open(
        directory: &Directory,
        family_database: &str,
        members: MemberService,
    ) -> Result<Self> {
        let family = family::app_with(members).database_url(family_database);
        let family = family.external_url(directory.queues()).connect().await?;
        family.register().await?;
        let member = member::app().database_url(directory.database("member"));
        let member = member.external_url(directory.queues()).connect().await?;
        member.register().await?;
        Ok(Self { member, family })
    }

    /// Waits until nothing is left to do.
    ///
    /// # Errors
    /// A database cannot be read.
    pub(crate) async fn wait_until_quiet(&self) -> Result<()> {
        Quiet::default().and(&self.member)?.and(&self.family)?.wait().await
    }

    /// Closes both databases.
    pub(crate) async fn close(self) {
        self.member.close().await;
        self.family.close().await;
    }
}

/// Clients of both services.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) member: Client,
    pub(crate) family: Client,
}
