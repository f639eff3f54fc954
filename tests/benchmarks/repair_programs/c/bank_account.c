#include <stdbool.h>

struct account {
    long balance;
    int withdrawals;
};
/* code */
/* Puts money in; an amount that is not positive is refused. */
bool account_deposit(struct account *account, long amount)
{
    if (amount <= 0)
        return false;
    account->balance += amount;
    return true;
}

/* Takes money out; the balance must not fall below 0. */
bool account_withdraw(struct account *account, long amount)
{
    if (amount <= 0 || amount > account->balance)
        return false;
    account->balance -= amount;
    account->withdrawals++;
    return true;
}
/* tests
({ struct account a = {0, 0}; account_deposit(&a, 50) && a.balance == 50; })
({ struct account a = {50, 0}; account_withdraw(&a, 50) && a.balance == 0 && a.withdrawals == 1; })
({ struct account a = {50, 0}; !account_withdraw(&a, 51) && a.balance == 50; })
({ struct account a = {50, 0}; !account_deposit(&a, 0) && !account_withdraw(&a, -1); })
*/
