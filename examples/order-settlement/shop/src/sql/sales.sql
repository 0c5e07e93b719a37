select merchant,
       count(*) filter (where state <> 'placed')                  as paid,
       count(*) filter (where state = 'refunded')                 as refunded,
       coalesce(sum(amount) filter (where state = 'paid'), 0)     as amount
from orders group by merchant order by merchant;
