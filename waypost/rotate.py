"""`waypost rotate-keys`: seal every stored value with the first key, so that older keys can be taken away."""

from sqlalchemy import select, update

from bot.models import Conversation, Person
from core.database import Base, Database, Sealed


def rotate(database: Database) -> int:
    """Seal everything anew and move people to the first key's hash. Returns the number of sealed values."""
    count = 0
    with database.write() as session:
        for table in Base.metadata.sorted_tables:
            sealed = [column for column in table.columns if isinstance(column.type, Sealed)]
            if not sealed:
                continue
            key = table.c.id
            for row in session.execute(select(key, *sealed)).all():
                values = {column: row._mapping[column] for column in sealed if row._mapping[column] is not None}
                if values:
                    session.execute(update(table).where(key == row.id).values(values))
                    count += len(values)
        for person, address in session.execute(
            select(Person, Conversation.address).join(Conversation, Conversation.person_id == Person.id)
        ).all():
            keys = database.keyring.digests(person.channel, str(address))
            if person.external_key in keys:
                person.external_key = keys[0]
    return count
