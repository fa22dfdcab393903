#include "tables/duckdb/history_import.h"

#include <algorithm>
#include <string>

#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"

namespace cfp::tables::duckdb {

namespace {

struct Source {
  model::Schema schema;
  Meta meta;
};

Source look_at(const std::filesystem::path& file, InstanceOptions options) {
  options.read_only = true;
  const Instance instance(file, options);
  const Connection connection = instance.connect();
  const std::string name = file.filename().string();
  return {read_schema(connection, TableKind::history, name), read_meta(connection, TableKind::history, name).meta};
}

}  // namespace

Meta import_history(const HistoryPart& part, const std::filesystem::path& file, std::string_view store_id,
                    InstanceOptions options) {
  const Source source = look_at(part.source, options);
  options.attachable = {part.source};
  const Instance instance(file, options);
  make_private(file);
  const Connection connection = instance.connect();
  connection.run("ATTACH " + sql_text(part.source.string()) + " AS source (READ_ONLY)");
  const std::string columns = column_list(TableKind::history, source.schema);
  Transaction transaction(connection);
  create_tables(connection, "", TableKind::history, source.schema);
  connection.run("INSERT INTO storage_history (" + columns + ") SELECT " + columns +
                 " FROM source.storage_history WHERE cfp_seq <= " + std::to_string(part.through));
  MetaRow row;
  row.meta = count_rows(connection, "storage_history");
  row.meta.format = kFormat;
  row.meta.store_id = store_id;
  row.meta.watermark = std::min(source.meta.watermark, part.through);
  create_meta(connection, "", TableKind::history, row);
  transaction.commit();
  connection.run("DETACH source");
  connection.run("CHECKPOINT");
  return row.meta;
}

}  // namespace cfp::tables::duckdb
