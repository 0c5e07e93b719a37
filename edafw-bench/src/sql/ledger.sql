-- What was published, written by the transactions that published it.
create table if not exists act (account integer not null, step integer not null, primary key (account, step))
    strict, without rowid;
-- What the subscriber did, in the order in which it did it. Nothing in here keeps it from doing it twice.
create table if not exists entry (id integer primary key, account integer not null, step integer not null) strict;
