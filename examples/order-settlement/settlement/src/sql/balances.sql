select merchant, lines, amount from balance order by merchant;
