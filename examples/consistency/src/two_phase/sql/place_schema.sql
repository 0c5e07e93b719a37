create table if not exists offer (
    name   text   primary key,
    places bigint not null,
    free   bigint not null check (free between 0 and places)
);

create table if not exists place (
    trip_no bigint primary key,
    offer   text   not null,
    price   bigint not null
);
