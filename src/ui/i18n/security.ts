/**
 * What the UI says of the way to the server. Apart from the rest, because it comes with the rooms: what is painted first
 * does not wait for it.
 */
const en = {
  title: "Connection",
  tls: "Encrypted",
  tlsWhat: "Nobody in the network can read along. These letters are the server's; its host sees the same:",
  own: "On this computer",
  ownWhat: "The server runs here. Whoever joins sees these letters:",
  plain: "Not encrypted",
  plainWhat: "Others in the network may be able to read along.",
  changed: "This may be somebody else's server",
  changedWhat:
    "The server at {server} does not have the letters by which it is known. Somebody may want to read along, or it was set up anew. Ask its host before you go on.",
  known: "Known letters",
  shown: "Letters now",
  sure: "The host has told me the new letters",
  accept: "Trust this server",
  final: "You cannot go on from here. Ask the host for a new invite.",
};

const id: typeof en = {
  title: "Sambungan",
  tls: "Terenkripsi",
  tlsWhat:
    "Tidak ada orang di jaringan yang dapat ikut membaca. Huruf-huruf ini milik server; tuan rumahnya melihat yang sama:",
  own: "Di komputer ini",
  ownWhat: "Server berjalan di sini. Siapa pun yang bergabung melihat huruf-huruf ini:",
  plain: "Tidak terenkripsi",
  plainWhat: "Orang lain di jaringan mungkin dapat ikut membaca.",
  changed: "Ini mungkin server orang lain",
  changedWhat:
    "Server di {server} tidak memiliki huruf-huruf yang dikenal. Mungkin ada yang ingin ikut membaca, atau server itu dipasang ulang. Tanyakan kepada tuan rumahnya sebelum melanjutkan.",
  known: "Huruf yang dikenal",
  shown: "Huruf sekarang",
  sure: "Tuan rumah telah memberi tahu saya huruf yang baru",
  accept: "Percayai server ini",
  final: "Dari sini tidak dapat dilanjutkan. Mintalah undangan baru kepada tuan rumah.",
};

/** By language. */
export const securityWords = { en, id };
