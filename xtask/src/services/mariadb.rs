//! MariaDB, as Debian and Ubuntu package it.

use anyhow::Result;

use super::{START, Service};
use crate::command::Command;
use crate::tool;

pub(super) const SERVICE: Service = Service {
    name: "MySQL or MariaDB server",
    variable: "EDAFW_TEST_MYSQL_URL",
    default: "mysql://root@127.0.0.1:3306",
    port: 3306,
    features: &["edafw-sqlx/mysql", "edafw/mysql"],
    start,
    advice: "`docker run -d -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 mariadb`, or your system's package",
};

/// Starts the server of the package, which starts itself again if it crashes. One that this has installed lets local
/// programs in without a password; the accounts of one that was there before are left alone.
///
/// The package's own script would ask it with credentials from a file that not every machine has, and end it when there
/// is no answer.
fn start() -> Result<()> {
    let installs = !tool::is_there("mariadbd");
    if installs {
        tool::apt_install(&["mariadb-server"])?;
    }
    Command::new("install", ["-d", "-m", "755", "-o", "mysql", "-g", "root", "/run/mysqld"]).run()?;
    Command::new("mariadbd-safe", ["--user=mysql"]).leave_running()?;
    if installs && SERVICE.answers_within(START) {
        Command::new("mariadb", ["--execute", "alter user root@localhost identified by ''"]).run()?;
    }
    Ok(())
}
