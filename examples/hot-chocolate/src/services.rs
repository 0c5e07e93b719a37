//! The five services, looked at from outside.

use edafw::{App, AppBuilder, Error, Result, Sqlite};
use processes::{Directory, Quiet};

/// All of them, connected.
pub(crate) struct Services {
    pub(crate) menu: App<Sqlite>,
    pub(crate) order: App<Sqlite>,
    pub(crate) payment: App<Sqlite>,
    pub(crate) kitchen: App<Sqlite>,
    pub(crate) counter: App<Sqlite>,
}

impl Services {
    /// Creates what is missing. All queues exist from now on: one gets what is sent once it is there.
    ///
    /// # Errors
    /// A database cannot be opened or written.
    pub(crate) async fn open(directory: &Directory, chocolate: u32) -> Result<Self> {
        let open = async |builder: AppBuilder<Sqlite>| {
            let database = directory.database(builder.service());
            let app = builder.database_url(database).external_url(directory.queues()).connect().await?;
            app.register().await?;
            Ok::<_, Error>(app)
        };
        Ok(Self {
            menu: open(hot_chocolate_menu::app()).await?,
            order: open(hot_chocolate_order::app()).await?,
            payment: open(hot_chocolate_payment::app()).await?,
            kitchen: open(hot_chocolate_kitchen::with(chocolate)).await?,
            counter: open(hot_chocolate_counter::app()).await?,
        })
    }

    /// Each of them.
    pub(crate) fn all(&self) -> [&App<Sqlite>; 5] {
        [&self.menu, &self.order, &self.payment, &self.kitchen, &self.counter]
    }

    /// Notices that nothing is left to do in any of them.
    ///
    /// # Errors
    /// A service has no subscriber.
    pub(crate) fn quiet(&self) -> Result<Quiet> {
        self.all().into_iter().try_fold(Quiet::default(), Quiet::and)
    }

    /// Closes their databases.
    pub(crate) async fn close(self) {
        for app in self.all() {
            app.close().await;
        }
    }
}
