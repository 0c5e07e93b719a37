-- The shop's own tables. Amounts are in cents.

-- Written by the acts.
create table if not exists orders (
    order_no integer primary key,
    customer text    not null,
    merchant text    not null,
    amount   integer not null check (amount > 0),
    state    text    not null check (state in ('placed', 'paid', 'refunded'))
) strict;

-- Written by the subscribers: what customers are told, for whoever sends it. No key keeps a second row of the same
-- content out: it would be seen.
create table if not exists notification (
    id       integer primary key,
    order_no integer not null,
    customer text    not null,
    text     text    not null
) strict;
