insert into orders (order_no, customer, merchant, amount, state) values (?1, ?2, ?3, ?4, 'placed')
on conflict (order_no) do nothing;
