"""maildesk: a helpdesk that is worked entirely by e-mail.

The path of a mail, in ten lines:

1. ``ingest.watch`` owns one IMAP connection per mailbox and fetches what is new.
2. ``ingest.receive.take`` commits the raw bytes; from here on the mail cannot be lost.
3. ``ingest.parse`` reads it, in a supervised child: any bytes give a ``Mail``.
4. ``ingest.screen`` says what it is, ``ingest.identity`` who wrote it, ``ingest.match`` where it belongs.
5. ``commands`` turn what an agent or a customer asked for into orders, or into questions.
6. ``advance`` lets orders and rules decide: a ``Change`` of tickets, entries and mails to send.
7. ``notices`` render those mails; ``notices.gate`` says which may leave, and when.
8. ``store`` saves the whole decision in one transaction, the mails in the outbox.
9. ``ingest.watch`` settles the mail in its mailbox (seen or moved).
10. ``outbox.deliver`` sends, once for automatic mail, at least once for answers.
"""

__version__ = "0.1.0"
