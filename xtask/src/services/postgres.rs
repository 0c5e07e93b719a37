//! PostgreSQL, as Debian and Ubuntu package it.

use anyhow::{Context, Result, bail};

use super::Service;
use crate::command::Command;
use crate::tool;

pub(super) const SERVICE: Service = Service {
    name: "PostgreSQL server",
    variable: "EDAFW_TEST_POSTGRES_URL",
    default: "postgres://postgres@127.0.0.1:5432",
    port: 5432,
    features: &["edafw-sqlx/postgres", "edafw/postgres"],
    start,
    advice: "`docker run -d -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres`, or your system's package",
};

/// Starts the cluster that the package has made. One that this has installed lets local programs in without a
/// password; the settings of one that was there before are left alone.
fn start() -> Result<()> {
    let installs = !tool::is_there("pg_ctlcluster");
    if installs {
        tool::apt_install(&["postgresql"])?;
    }
    let clusters = Command::new("pg_lsclusters", ["--no-header"]).output()?;
    let Some((version, name)) = first_cluster(&clusters) else {
        bail!("the package `postgresql` has made no cluster; `pg_createcluster VERSION main` makes one");
    };
    if installs {
        let rules = format!("/etc/postgresql/{version}/{name}/pg_hba.conf");
        let text = std::fs::read_to_string(&rules).with_context(|| format!("{rules} cannot be read"))?;
        std::fs::write(&rules, format!("host all all 127.0.0.1/32 trust\n{text}"))
            .with_context(|| format!("{rules} cannot be written"))?;
    }
    // The package may have started it already, with its own settings.
    Command::new("pg_ctlcluster", [version, name, "restart"]).run()
}

/// Version and name in the first line of `15 main 5432 online postgres /var/lib/..`.
fn first_cluster(lines: &str) -> Option<(&str, &str)> {
    let mut words = lines.lines().next()?.split_whitespace();
    Some((words.next()?, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::first_cluster;

    #[test]
    fn reads_the_list_of_clusters() {
        let lines = "15  main    5432 down   postgres /var/lib/postgresql/15/main\n16 other 5433 online\n";
        assert_eq!(first_cluster(lines), Some(("15", "main")));
        assert_eq!(first_cluster(""), None);
    }
}
