-- Which combinations of behavior, product and revenue occur?
select distinct kind, product_id, revenue_type from feed_rows
