-- Which lists name it? A fragment of a from clause for the shape tests.
left join listed lp on lp.version_no = v.version_no and lp.what = 'product' and lp.value = e.product_id
left join listed lv on lv.version_no = v.version_no and lv.what = 'revenue_type'
  and lv.value = e.revenue_type
left join listed lr on lr.version_no = v.version_no and lr.what = 'role' and lr.value = s.role
left join listed lt on lt.version_no = v.version_no and lt.what = 'tier' and lt.value = s.tier
left join listed lg on lg.version_no = v.version_no and lg.what = 'region' and lg.value = s.region
left join listed ls on ls.version_no = v.version_no and ls.what = 'segment' and ls.value = s.segment
