"""one normal form of logins, names and searched texts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from app.core.search import index as search
from app.core.text import folded, normalised


revision = '20261130_2240_b1a9'
down_revision = '20261130_2235_c4a1'
branch_labels = None
depends_on = None

AT_ONCE = 1000
# Table, column of the normal form, its length, whether it is there already, the text it follows from, the form.
FORMS = (
    ('ab_user', 'username_key', 128, False, 'username', folded),
    ('customer', 'name_key', 120, True, 'name', normalised),
    ('supplier', 'name_key', 200, False, 'name', normalised),
    ('product', 'number_key', 40, False, 'number', normalised),
    ('product', 'name_key', 120, False, 'name', normalised),
    ('product', 'model_key', 80, False, 'model', normalised),
)
# Table → the columns that were searched when this was written.
SEARCHED = {
    'contact': ('name', 'mobile', 'phone'),
    'customer': ('name', 'short_name', 'number', 'phone', 'mobile'),
    'product': ('number', 'name', 'model'),
    'purchase_order': ('number', 'subject'),
    'sales_order': ('number', 'subject', 'customer.name'),
    'supplier': ('name', 'number', 'contact', 'mobile', 'address', 'tax_id', 'bank', 'account'),
}
REWRITES = ('customer.name_key', *(f'{table}.search_text' for table in SEARCHED))


def upgrade() -> None:
    _require_apart('ab_user', 'username', folded, 'logins', 'Rename all but one of each')
    _require_apart('customer', 'name', normalised, 'names of companies', 'Rename all but one of each', kind='company')
    op.drop_index('uq_customer_company_name', table_name='customer')
    for table, column, length, is_there, source, form in FORMS:
        if not is_there:
            # Not in a batch: SQLite would make the table anew, which other tables refer to.
            op.add_column(table, sa.Column(column, sa.String(length), server_default='', nullable=False))
        _fill(table, column, (source,), lambda values, form=form, length=length: form(values[0] or '')[:length])
        if not is_there:
            op.create_index(op.f(f'ix_{table}_{column}'), table, [column], unique=table == 'ab_user')
    is_company = sa.text("kind = 'company'")
    op.create_index(
        'uq_customer_company_name', 'customer', ['name_key'], unique=True,
        sqlite_where=is_company, postgresql_where=is_company,
    )
    _share_once()
    for table, columns in SEARCHED.items():
        _fill(table, 'search_text', columns, search.search_text)
    names = {table: sa.table(table, sa.column('id'), sa.column('search_text')) for table in SEARCHED}
    search.rebuild_from(Session(op.get_bind()), names)


def _share_once() -> None:
    """An empty column is like no other: the rule over three columns let the same person or role in twice."""
    share = sa.table('customer_share', *map(sa.column, ('id', 'customer_id', 'user_id', 'role')))
    first = sa.select(sa.func.min(share.c.id)).group_by(share.c.customer_id, share.c.user_id, share.c.role)
    op.execute(sa.delete(share).where(share.c.id.not_in(first)))
    with op.batch_alter_table('customer_share') as batch:
        batch.drop_constraint(op.f('uq_customer_share_customer_id_user_id_role'), type_='unique')
    for column in ('user_id', 'role'):
        is_given = sa.text(f'{column} IS NOT NULL')
        op.create_index(
            f'uq_customer_share_{column}', 'customer_share', ['customer_id', column], unique=True,
            sqlite_where=is_given, postgresql_where=is_given,
        )


def _require_apart(name: str, column: str, form, what: str, advice: str, **only: str) -> None:
    """errors  RuntimeError that names the rows which would be one; nothing is changed then"""
    rows = sa.table(name, sa.column('id'), sa.column(column), *map(sa.column, only))
    alike: dict[str, list[str]] = {}
    for key, text in op.get_bind().execute(sa.select(rows.c.id, rows.c[column]).filter_by(**only).order_by(rows.c.id)):
        alike.setdefault(form(text), []).append(f'{text} (#{key})')
    clashes = [' = '.join(found) for found in alike.values() if len(found) > 1]
    if clashes:
        listed = '\n'.join(clashes)
        raise RuntimeError(
            f'These {what} differ by case, width or hidden characters only. {advice} in the release that wrote them, '
            f'then upgrade again:\n{listed}'
        )


def _fill(name: str, column: str, sources: tuple[str, ...], make) -> None:
    """Write a column anew where it differs; a source with a dot is a column of a row that is referred to."""
    rows = sa.table(name, sa.column('id'), sa.column(column), *(sa.column(s) for s in sources if '.' not in s))
    wanted, origin = [], rows
    for source in sources:
        if '.' not in source:
            wanted.append(rows.c[source])
            continue
        target, _dot, other = source.partition('.')
        linked = sa.table(target, sa.column('id'), sa.column(other)).alias()
        link = sa.column(f'{target}_id', _selectable=rows)
        origin = origin.outerjoin(linked, linked.c.id == link)
        wanted.append(linked.c[other])
    query = sa.select(rows.c.id, rows.c[column], *wanted).select_from(origin).order_by(rows.c.id).limit(AT_ONCE)
    statement = sa.update(rows).where(rows.c.id == sa.bindparam('key')).values({column: sa.bindparam('text')})
    last = 0
    while found := op.get_bind().execute(query.where(rows.c.id > last)).all():
        changed = [{'key': key, 'text': text} for key, old, *values in found if (text := make(values)) != old]
        if changed:
            op.get_bind().execute(statement, changed)
        last = found[-1][0]


def downgrade() -> None:
    for column in ('user_id', 'role'):
        op.drop_index(f'uq_customer_share_{column}', table_name='customer_share')
    with op.batch_alter_table('customer_share') as batch:
        batch.create_unique_constraint(
            op.f('uq_customer_share_customer_id_user_id_role'), ['customer_id', 'user_id', 'role']
        )
    for table, column, _length, is_there, _source, _form in reversed(FORMS):
        if not is_there:
            op.drop_index(op.f(f'ix_{table}_{column}'), table_name=table)
            op.drop_column(table, column)
